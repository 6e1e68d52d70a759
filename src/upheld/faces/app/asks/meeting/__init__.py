"""What meets an ask: earlier asks of the same person, cases of somebody who shares rows with her, decisions that people took."""

"""What the firm owes over time: letters and mail, recipients who must be told, requests that must be answered."""

"""What a store is asked that no ask stands behind: does a cell still say something, whose rows are ruins, who came back with a backup."""

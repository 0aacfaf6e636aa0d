"""Real radiographs as backgrounds: which can be used, where their tissues lie, how a lesion is put in."""

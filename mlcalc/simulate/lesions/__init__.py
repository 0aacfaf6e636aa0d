"""What is drawn into soft tissue: mineral, bone, foreign bodies, each by a recipe with its source."""

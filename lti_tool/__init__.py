"""The web tool and the plan itself."""

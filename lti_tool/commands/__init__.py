"""The operator's commands, a composition root: they build what the rooms need and hand it over."""

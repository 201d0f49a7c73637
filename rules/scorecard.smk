# placeholder
SCORECARD = []

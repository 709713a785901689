"""Names that every DAG of the team has in common."""

TEAM = "sales"

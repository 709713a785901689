"""Names that every DAG of the team has in common."""

TEAM = "sales"


def dag_id(what: str, how: str) -> str:
    return f"{TEAM}_{what}_{how}"

"""What cannot be torch's, and why: a fact about JAX each time. Printed with every report."""

DIFFERENCES: dict[str, str] = {}

"""What every procedure of the runbook shares: its report, lock and deadline, and how it reaches the services of a stack."""

"""What every room shares: findings, errors, exit codes, content hashes and exact rounding of money."""

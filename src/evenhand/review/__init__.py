"""The review: who may do what to a plan in which state, flags with their price, signatures, approvals."""

"""The call forms of other packages, on Syncline's engine."""

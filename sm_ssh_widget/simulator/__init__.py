"""An AWS account on this machine: moto, and in front of it what moto lacks; scenarios; fault switches."""

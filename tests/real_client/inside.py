"""Run inside of the client's environment: the Python interface of SSH Helper, one process for all of its steps.

Usage: python inside.py NAME… — writes one line of JSON a step: ``{"name", "ok", "said"}``. The environment says who
calls, and where: ``NODE`` is the node, ``ROLE_ARN`` the execution role.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def manager() -> None:
    from sagemaker_ssh_helper.manager import SSMManager

    found = SSMManager(sleep_between_retries_in_seconds=0, redo_attempts=0)
    found.list_all_instances_and_fetch_tags()
    found.get_training_instance_ids("no-such-job", timeout_in_sec=0)
    found.get_processing_instance_ids("no-such-job", timeout_in_sec=0)
    found.get_notebook_instance_ids("no-such-notebook", timeout_in_sec=0)
    if os.environ["NODE"]:
        found.get_ssh_instance_timestamp(os.environ["NODE"])


def log() -> None:
    from sagemaker_ssh_helper.log import SSHLog

    found = SSHLog(sleep_between_retries_in_seconds=0, redo_attempts=0)
    found.get_training_ssm_instance_ids("job", timeout_in_sec=0)
    found.get_processing_ssm_instance_ids("job", timeout_in_sec=0)
    found.get_transformer_ssm_instance_ids("job", timeout_in_sec=0)
    found.get_endpoint_ssm_instance_ids("endpoint", timeout_in_sec=0)


def listing() -> None:
    from sagemaker_ssh_helper.sm_ssh import main

    _as_command(main, "sm-ssh", "list")


def bucket() -> None:
    import sagemaker

    sagemaker.Session().default_bucket()


def fit() -> None:
    from sagemaker.pytorch import PyTorch
    from sagemaker_ssh_helper.wrapper import SSHEstimatorWrapper

    with tempfile.TemporaryDirectory() as place:
        Path(place, "train.py").write_text("import sagemaker_ssh_helper\nsagemaker_ssh_helper.setup_and_start_ssh()\n")
        estimator = PyTorch(
            entry_point="train.py",
            source_dir=place,
            dependencies=[SSHEstimatorWrapper.dependency_dir()],
            role=os.environ["ROLE_ARN"],
            image_uri="763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.0.1-cpu-py310",
            instance_count=1,
            instance_type="ml.m5.large",
            framework_version="2.0.1",
            py_version="py310",
            disable_profiler=True,
        )
        SSHEstimatorWrapper.create(estimator, connection_wait_time_seconds=0)
        estimator.fit(wait=False)


def deregister() -> None:
    from sagemaker_ssh_helper.deregister_old_instances_from_ssm import main

    _as_command(main, "sm-ssh-deregister-instances", "--preapproving-deregistration", "--delete-older-than-n-days", "1")


def _as_command(main: Callable[[], object], *words: str) -> None:
    before, sys.argv = sys.argv, list(words)
    try:
        main()
    finally:
        sys.argv = before


STEPS: dict[str, Callable[[], None]] = {
    each.__name__: each for each in (manager, log, listing, bucket, fit, deregister)
}


def _run(name: str) -> dict[str, object]:
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            STEPS[name]()
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and not error.code:
            return {"name": name, "ok": True, "said": ""}
        return {"name": name, "ok": False, "said": f"{type(error).__name__}: {error}"}
    return {"name": name, "ok": True, "said": ""}


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    for each in sys.argv[1:]:
        sys.stdout.write(json.dumps(_run(each)) + "\n")
        sys.stdout.flush()

"""From a claim to a result: judging instances, deciding verdicts, replaying witnesses."""

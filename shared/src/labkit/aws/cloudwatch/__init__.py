"""CloudWatch beyond moto: metrics that were there before, aligned periods, pages, alarms that act."""

"""How gunicorn serves the site: `gunicorn --config python:kzsim.runner.gunicorn kzsim.wsgi`.

`GUNICORN_CMD_ARGS` may change what a container needs otherwise, such as `--bind 0.0.0.0:8000`.
"""

from django.conf import settings

bind = f"127.0.0.1:{settings.PORT}"
worker_class = "gthread"
workers = 2
threads = 8
preload_app = True  # one copy of the code in memory, and a site that cannot load says so once
timeout = 60
graceful_timeout = 8
keepalive = 5
limit_request_line = 8190  # the most it allows: a text shared from a telephone stands in an address
loglevel = "warning"
proc_name = "kzsim-web"
forwarded_allow_ips = ",".join(str(network) for network in settings.TRUSTED_PROXIES)
control_socket_disable = True
worker_tmp_dir = str(settings.DATA_DIR / "run") if (settings.DATA_DIR / "run").is_dir() else None

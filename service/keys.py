"""What handlers find in the application and in a request, by typed keys."""

from typing import Final

from aiohttp import web

from service.admission import Admission
from service.metrics import Metrics
from service.session import Session
from service.settings import Settings
from service.uploads import UploadDirectory
from service.workers import Checks
from telemetry.setup import Telemetry

SETTINGS: Final = web.AppKey("settings", Settings)
TELEMETRY: Final = web.AppKey("telemetry", Telemetry)
ADMISSION: Final = web.AppKey("admission", Admission)
METRICS: Final = web.AppKey("metrics", Metrics)
UPLOADS: Final = web.AppKey("uploads", UploadDirectory)
POOL: Final = web.AppKey("pool", Checks)

SESSION: Final = web.RequestKey("session", Session)

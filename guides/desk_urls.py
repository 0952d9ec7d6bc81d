"""The addresses of the editors' own pages, inside the admin."""

from django.urls import path

from guides.admin import desk, exchange
from guides.sheets import FORMATS, SHEETS

app_name = "desk"
urlpatterns = [
    path("to-verify/", desk.verify, name="verify"),
    path("to-verify/checked-today/", desk.checked_today, name="checked_today"),
    path("to-verify/weekly-mail/", desk.weekly_mail, name="weekly_mail"),
    path("changes-from-the-files/", desk.changes, name="offers"),
    path("files/export/", desk.export_guides, name="export_guides"),
    path("files/import/", desk.import_guides, name="import_guides"),
]
for sheet in SHEETS:
    urlpatterns.append(path(f"{sheet}/import/", exchange.import_sheet, {"sheet": sheet}, name=f"import_{sheet}"))
    for extension in FORMATS:
        values = {"sheet": sheet, "extension": extension}
        name = f"export_{sheet}_{extension}"
        urlpatterns.append(path(f"{sheet}/export/{sheet}.{extension}", exchange.export_sheet, values, name=name))

"""A CAS server for the tests: python3 cas_house.py FOLDER PORT SERVICE

Who they say they are is who they are where the password is "password of LOGIN"; what is told of them stands in FOLDER/people.json.
SERVICE is a regular expression of the services that it signs people in to.
"""

import json
import re
import sys
import types
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

folder, port, service = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

settings.configure(
    SECRET_KEY="only a test",
    DEBUG=True,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="cas_urls",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "django.contrib.humanize",
        "cas_server",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "cas.db")}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    STATIC_URL="/static/",
    USE_TZ=True,
    CAS_AUTH_CLASS="cas_people.People",
    CAS_NEW_VERSION_HTML_WARNING=False,
    CAS_NEW_VERSION_EMAIL_WARNING=False,
)


django.setup()

# What Django finds by name is made here, so that the server is one file.
from cas_server.auth import AuthUser  # noqa: E402
from django.urls import include, re_path  # noqa: E402


class People(AuthUser):
    def test_password(self, password):
        return password == f"password of {self.username}"

    def attributs(self):
        return json.loads((folder / "people.json").read_text()).get(self.username, {})


people = types.ModuleType("cas_people")
people.People = People
sys.modules["cas_people"] = people

urls = types.ModuleType("cas_urls")
urls.urlpatterns = [re_path(r"^cas/", include("cas_server.urls", namespace="cas_server"))]
sys.modules["cas_urls"] = urls

call_command("migrate", verbosity=0, interactive=False)

from cas_server.models import ReplaceAttributName, ServicePattern  # noqa: E402

re.compile(service)
if not ServicePattern.objects.exists():
    pattern = ServicePattern.objects.create(pos=1, name="amphi", pattern=service, user_field="", restrict_users=False)
    ReplaceAttributName.objects.create(name="*", service_pattern=pattern)
print("migrated", flush=True)
call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, use_threading=True)

"""The provider as gunicorn serves it: with its tables, its one person and its one client."""

import os

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

django.setup()

from allauth.idp.oidc.models import Client  # noqa: E402 - models come after the set-up
from django.contrib.auth.models import User  # noqa: E402

call_command("migrate", verbosity=0)
if not User.objects.exists():
    User.objects.create_user(os.environ["ISSUER_PERSON"], password=os.environ["ISSUER_PASSWORD"])
    client = Client(id=os.environ["ISSUER_CLIENT"], name="KAM", scopes="openid\nprofile\nemail", skip_consent=True)
    client.set_redirect_uris([os.environ["ISSUER_CALLBACK"]])
    client.set_secret(os.environ["ISSUER_SECRET"])
    client.save()
application = get_wsgi_application()

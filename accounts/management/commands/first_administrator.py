"""Make the first administrator of an empty installation."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.actions.grant import grant_role
from accounts.actions.user import create_user
from accounts.models import Role, RoleGrant, User
from kam import configuration


class Command(BaseCommand):
    help = "Make the person of KAM_ADMIN_EMAIL an administrator with a password that is printed once; nothing if there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        if RoleGrant.objects.filter(role=Role.ADMINISTRATOR).exists():
            return
        email = configuration.value("KAM_ADMIN_EMAIL")
        if not email:
            self.stdout.write(
                "KAM has no administrator yet: set KAM_ADMIN_EMAIL and start again, or call manage.py first_administrator."
            )
            return
        password = secrets.token_urlsafe(15)
        with transaction.atomic():
            user = User.objects.filter(email__iexact=email).first()
            user = user or create_user(User, actor=None, email=email, first_name="KAM", last_name="Administrator")
            user.set_password(password)
            user.save(update_fields=["password"])
            grant_role(RoleGrant, actor=None, user=user, role=Role.ADMINISTRATOR)
        self.stdout.write(
            f"First administrator: {user.email}\nPassword, shown only now: {password}\nChange it after the first log-in."
        )

"""Keep the form as nobody has filled it in: between two visitors only two tokens differ."""

import secrets
from collections.abc import Callable, MutableMapping
from typing import Any

from flask_wtf.csrf import generate_csrf

from conf_app.programme.site import second_stamp
from conf_app.registration import submission
from conf_app.registration.forms import RegistrationForm
from conf_app.web.caching import keep

# What no page holds by chance, nor by malice: the kept page is nobody's, and told to nobody.
_CSRF_MARK, _KEY_MARK = secrets.token_hex(16), secrets.token_hex(16)


def blank_page(
    slug: str, cookies: MutableMapping[str, Any], render: Callable[[RegistrationForm], str]
) -> bytes:
    """Return an event's blank form, rendered anew once its stamp is over, with fresh tokens."""
    kept = keep(("blank", slug), second_stamp(slug), lambda: render(_marked()))
    submission.bind(cookies)
    return kept.body.replace(_CSRF_MARK.encode(), generate_csrf().encode()).replace(
        _KEY_MARK.encode(), submission.new_key().encode()
    )


def _marked() -> RegistrationForm:
    form = RegistrationForm()
    form.csrf_token.current_token = _CSRF_MARK
    form.key.data = _KEY_MARK
    return form

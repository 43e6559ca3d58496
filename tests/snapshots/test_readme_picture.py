"""The README's picture is the first screen as it is now."""

from sqlalchemy import URL

from tests.docs.dashboard_picture import MEND, PICTURE, picture


async def test_the_readmes_picture_is_of_now(shop_url: URL) -> None:
    of_now = await picture(shop_url)

    assert PICTURE.read_text(encoding="utf-8") == of_now, f"docs/dashboard.svg is stale. Mend: {MEND}"

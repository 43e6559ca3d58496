"""The command palette's list: every action of the screen, from the bindings themselves."""

from functools import partial

from textual.binding import ActiveBinding
from textual.command import DiscoveryHit, Hit, Hits, Provider

from reconcile_tui.screens.actions import BY_KEY_ALONE


class ActionsProvider(Provider):
    """Every action that the screen below has a key for."""

    async def discover(self) -> Hits:
        for active in self._actions():
            yield DiscoveryHit(
                display=_words(active), command=partial(self._run, active), help=_keys(self, active)
            )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for active in self._actions():
            score = matcher.match(_words(active))
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(_words(active)),
                    partial(self._run, active),
                    help=_keys(self, active),
                )

    def _actions(self) -> list[ActiveBinding]:
        """Those of the screen and of every screen first: who looks for an action has found the arrows."""
        found: dict[str, ActiveBinding] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            # "screen." is the palette itself while it is open.
            by_key_alone = binding.action in BY_KEY_ALONE or binding.action.startswith("screen.")
            if active.enabled and binding.description and not binding.system and not by_key_alone:
                found.setdefault(binding.action, active)
        return sorted(found.values(), key=lambda active: active.node not in (self.screen, self.app))

    async def _run(self, active: ActiveBinding) -> None:
        await self.app.run_action(active.binding.action, active.node)


def _words(active: ActiveBinding) -> str:
    return active.binding.tooltip or active.binding.description


def _keys(provider: Provider, active: ActiveBinding) -> str:
    return provider.app.get_key_display(active.binding)

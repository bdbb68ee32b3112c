"""Modules of modules, whose children are attributes named as in torch: "0", "1", or the keys.

So a child's parameters have torch's paths: `layer1.0.conv1.weight`.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, overload

from flax import nnx


class _Container(nnx.Module):
    """Children under names, in order. An attribute that exists cannot be a child's name."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self._names)

    def _children(self) -> list[Any]:
        return [getattr(self, name) for name in self._names]

    def _add(self, name: str, module: Any) -> None:
        if not callable(module):
            raise TypeError(f"{type(self).__name__}: a module must be callable, got {module!r}")
        if not isinstance(name, str):
            raise TypeError(f"{type(self).__name__}: a name must be a str, got {name!r}")
        if hasattr(self, name) and name not in self._names:
            raise KeyError(f"{type(self).__name__}: {name!r} is an attribute already")
        if not name or "." in name:
            raise KeyError(f"{type(self).__name__}: a name must not be empty or have a '.': {name}")
        if name in self._names:  # Flax would not put a module where a function was
            delattr(self, name)
        else:
            self._names = (*self._names, name)
        setattr(self, name, module)

    def _place(self, index: Any) -> int:
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            raise IndexError(f"{type(self).__name__}: index {place} is out of range")
        return place % len(self)


class _List(_Container):
    """Children named by their place, or as given."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self._children())

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Any: ...
    def __getitem__(self, index: int | slice) -> Any:
        """A child, or a container of the same children."""
        if not isinstance(index, slice):
            return getattr(self, self._names[self._place(index)])
        part = type(self)()
        for i, name in enumerate(self._names[index]):
            # torch's Sequential keeps the names, its ModuleList counts anew
            part._add(str(i) if isinstance(self, ModuleList) else name, getattr(self, name))
        return part

    def __setitem__(self, index: int, module: Any) -> None:
        self._add(self._names[self._place(index)], module)

    def append(self, module: Any) -> Any:
        """Add a child behind the others; returns the container."""
        self._add(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Any]) -> Any:
        """Add children behind the others; returns the container."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Any) -> None:
        """Add a child before that of `index`; those behind it are renamed."""
        if not -len(self) <= index <= len(self):
            raise IndexError(f"{type(self).__name__}: index {index} is out of range")
        children = self._children()
        children.insert(index, module)
        for i, child in enumerate(children):
            self._add(str(i), child)


class Sequential(_List):
    """Each module on the result of the one before; functions may be among them.

    Torch:  torch.nn.Sequential
    Shapes: those of the modules.

    >>> net = Sequential(nnx.identity, Sequential(abs)).append(float)
    >>> net(-1), len(net[:1])
    (1.0, 1)
    """

    def __init__(self, *args: Callable | Mapping[str, Callable]) -> None:
        super().__init__()
        named = args[0] if len(args) == 1 and isinstance(args[0], Mapping) else None
        children = dict(enumerate(args)) if named is None else named
        for name, module in children.items():
            self._add(str(name), module)

    def __call__(self, input: Any) -> Any:
        for module in self._children():
            input = module(input)
        return input


class ModuleList(_List):
    """A list of modules, to be called one by one.

    Torch:  torch.nn.ModuleList
    Shapes: none.

    >>> [module(2) for module in ModuleList([float, str])]
    [2.0, '2']
    """

    def __init__(self, modules: Iterable[Callable] | None = None) -> None:
        super().__init__()
        self.extend(() if modules is None else modules)


class ModuleDict(_Container):
    """Modules by name, to be called one by one.

    Torch:  torch.nn.ModuleDict
    Shapes: none.

    >>> ModuleDict({"a": float})["a"](2)
    2.0
    """

    def __init__(self, modules: Mapping[str, Callable] | None = None) -> None:
        super().__init__()
        self.update({} if modules is None else modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return getattr(self, name)

    def __setitem__(self, name: str, module: Any) -> None:
        self._add(name, module)

    def __delitem__(self, name: str) -> None:
        self.pop(name)

    def pop(self, name: str) -> Any:
        """Remove a child and return it."""
        module = self[name]
        delattr(self, name)
        self._names = tuple(n for n in self._names if n != name)
        return module

    def keys(self) -> tuple[str, ...]:
        """The names, in order."""
        return self._names

    def values(self) -> list[Any]:
        """The modules, in order."""
        return self._children()

    def items(self) -> list[tuple[str, Any]]:
        """Names and modules, in order."""
        return list(zip(self._names, self._children(), strict=True))

    def update(self, modules: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Add modules, or replace those of the same names."""
        for name, module in dict(modules).items():
            self._add(name, module)

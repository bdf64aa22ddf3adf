"""Stands in for Transformer Engine, which needs CUDA to be installed: any name can be imported, nothing can be run."""
import importlib.abc
import importlib.machinery
import sys
import types

NAMES = {"transformer_engine", "transformer_engine_torch"}


class Anything(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name, (), {})


class Module(types.ModuleType):
    __version__ = "2.9.0"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name, (), {})


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in NAMES:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Module(spec.name)

    def exec_module(self, module):
        module.__path__ = []


def install():
    sys.meta_path.insert(0, Finder())

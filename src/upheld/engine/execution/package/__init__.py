"""An access answer becomes files that a person can read and a machine can use."""

from upheld.engine.execution.package.write import PackageFile, PackageReceipt, write_package

__all__ = ["PackageFile", "PackageReceipt", "write_package"]

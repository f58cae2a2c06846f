// CMake makes precompiled headers for targets with a source only.

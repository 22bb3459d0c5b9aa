#!/usr/bin/env node
// Is there before anything is built, so that npm links the command when it installs a checkout.
import '../dist/bin.js';

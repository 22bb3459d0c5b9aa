#!/usr/bin/env node
process.stderr.write('tilewright: there are no commands yet\n');
process.exitCode = 1;

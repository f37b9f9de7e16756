// Entry of the vault process: one request on stdin, progress and the answer as lines on stdout.
process.exitCode = 2
export {}

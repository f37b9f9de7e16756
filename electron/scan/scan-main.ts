// Entry of the scan process: one request on stdin, progress and the answer as lines on stdout.
process.exitCode = 2
export {}

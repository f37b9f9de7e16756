process.stderr.write('not built in this version\n')
process.exitCode = 2
export {}

export { PROFILER_FILE_BYTES, profilerArguments, roundsDone, usualMs, type ProfilerTask } from './arguments.ts'
export { readProfiler, type ProfilerFigure } from './output.ts'

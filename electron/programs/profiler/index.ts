export { PROFILER_FILE_BYTES, profilerArguments, type ProfilerTask } from './arguments.ts'
export { readProfiler, type ProfilerFigure } from './output.ts'

export {
  initializeArguments,
  initializeVerdict,
  type InitializeFault,
  type InitializeRequest,
  type InitializeVerdict,
} from './initialize.ts'
export { PROVIDERS_ARGUMENTS, providersOf, readProviders, withPrinted, type PrintedProvider, type PrintedProviders } from './providers.ts'
export { CPU_PROVIDER } from '../../../shared/domain/provider-test.ts'
export { rewriteArguments, rewriteFault, type RewriteRequest } from './rewrite.ts'
export { runTool, type ToolEnd, type ToolOptions, type ToolRun } from './run-tool.ts'
export { verifyArguments, verifyVerdict, type VerifyRequest, type VerifyVerdict } from './verify.ts'

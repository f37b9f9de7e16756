export { methodDefinition, pathOf, servedBy, serviceDefinition, type ServiceHandlers, type TypedMethod } from './grpc.ts'
export { allServices, v1, v2alpha1, v2beta1 } from './services.ts'

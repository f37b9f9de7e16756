export { noKeyring, type Keyring } from './keyring.ts'
export { createKeeper, type Keeper, type KeeperOptions, type OwnProgram } from './keeper.ts'
export { openSetupStore, type LoadedSetup, type SetupStore } from './setup-store.ts'
export { levelOf } from './calls/logs.ts'

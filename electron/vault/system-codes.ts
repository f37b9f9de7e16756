/** What a drive that was pulled out, or a share that went away, answers. */
const GONE = ['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO', 'ENOTCONN', 'ESTALE', 'EHOSTDOWN', 'ENOMEDIUM']
export const isGone = (code: string): boolean => GONE.includes(code)

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG']
export const isFull = (code: string): boolean => FULL.includes(code)

const READ_ONLY = ['EROFS', 'EACCES', 'EPERM']
export const isReadOnly = (code: string): boolean => READ_ONLY.includes(code)

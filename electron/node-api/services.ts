import type { DescService } from '@bufbuild/protobuf'
import { ActivationService as ActivationServiceV1 } from '../../proto/gen/spacemesh/v1/activation_pb.js'
import { AdminService } from '../../proto/gen/spacemesh/v1/admin_pb.js'
import { DebugService } from '../../proto/gen/spacemesh/v1/debug_pb.js'
import { MeshService } from '../../proto/gen/spacemesh/v1/mesh_pb.js'
import { NodeService as NodeServiceV1 } from '../../proto/gen/spacemesh/v1/node_pb.js'
import { PostInfoService, PostService } from '../../proto/gen/spacemesh/v1/post_pb.js'
import { SmesherService } from '../../proto/gen/spacemesh/v1/smesher_pb.js'
import * as alphaAccount from '../../proto/gen/spacemesh/v2alpha1/account_pb.js'
import * as alphaActivation from '../../proto/gen/spacemesh/v2alpha1/activation_pb.js'
import * as alphaLayer from '../../proto/gen/spacemesh/v2alpha1/layer_pb.js'
import * as alphaMalfeasance from '../../proto/gen/spacemesh/v2alpha1/malfeasance_pb.js'
import * as alphaNetwork from '../../proto/gen/spacemesh/v2alpha1/network_pb.js'
import * as alphaNode from '../../proto/gen/spacemesh/v2alpha1/node_pb.js'
import * as alphaReward from '../../proto/gen/spacemesh/v2alpha1/reward_pb.js'
import * as alphaTransaction from '../../proto/gen/spacemesh/v2alpha1/transaction_pb.js'
import * as betaAccount from '../../proto/gen/spacemesh/v2beta1/account_pb.js'
import * as betaActivation from '../../proto/gen/spacemesh/v2beta1/activation_pb.js'
import * as betaLayer from '../../proto/gen/spacemesh/v2beta1/layer_pb.js'
import * as betaMalfeasance from '../../proto/gen/spacemesh/v2beta1/malfeasance_pb.js'
import * as betaNetwork from '../../proto/gen/spacemesh/v2beta1/network_pb.js'
import * as betaNode from '../../proto/gen/spacemesh/v2beta1/node_pb.js'
import * as betaReward from '../../proto/gen/spacemesh/v2beta1/reward_pb.js'
import * as betaTransaction from '../../proto/gen/spacemesh/v2beta1/transaction_pb.js'

/** The v1 services that we know, in the subset that we use. */
export const v1 = {
  NodeService: NodeServiceV1,
  MeshService,
  ActivationService: ActivationServiceV1,
  SmesherService,
  AdminService,
  DebugService,
  PostService,
  PostInfoService,
}

/** Same wire format as `v2beta1`; the only one of nodes before 1.8. */
export const v2alpha1 = {
  NodeService: alphaNode.NodeService,
  NetworkService: alphaNetwork.NetworkService,
  ActivationService: alphaActivation.ActivationService,
  ActivationStreamService: alphaActivation.ActivationStreamService,
  RewardService: alphaReward.RewardService,
  RewardStreamService: alphaReward.RewardStreamService,
  LayerService: alphaLayer.LayerService,
  AccountService: alphaAccount.AccountService,
  MalfeasanceService: alphaMalfeasance.MalfeasanceService,
  MalfeasanceStreamService: alphaMalfeasance.MalfeasanceStreamService,
  TransactionService: alphaTransaction.TransactionService,
}

/** From node 1.8 on. */
export const v2beta1 = {
  NodeService: betaNode.NodeService,
  NetworkService: betaNetwork.NetworkService,
  ActivationService: betaActivation.ActivationService,
  ActivationStreamService: betaActivation.ActivationStreamService,
  RewardService: betaReward.RewardService,
  RewardStreamService: betaReward.RewardStreamService,
  LayerService: betaLayer.LayerService,
  AccountService: betaAccount.AccountService,
  MalfeasanceService: betaMalfeasance.MalfeasanceService,
  MalfeasanceStreamService: betaMalfeasance.MalfeasanceStreamService,
  TransactionService: betaTransaction.TransactionService,
}

export const allServices: readonly DescService[] = [...Object.values(v1), ...Object.values(v2alpha1), ...Object.values(v2beta1)]

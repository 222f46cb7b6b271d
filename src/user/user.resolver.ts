import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { EntryArgs } from '../shared/arguments.js';
import { changePassword } from './change-password.js';
import { User } from './user.entity.js';
import { CreateUserInput, IdOrUsernameArgs, UpdateUserInput, UserConnection, UserListArgs } from './user.inputs.js';
import { createUser, deleteUser, getUserToDelete, prepareUser, updateUser } from './user.writes.js';

@Resolver(() => User)
export class UserResolver {
  @Query(() => User, { nullable: true, description: 'The signed-in user, or null.' })
  me(@Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return context.read(info);
  }

  @Query(() => User, {
    nullable: true,
    description:
      'ADMIN, or the user asked for: others get null, whether there is such a user or not. By id or username: exactly one of them.',
  })
  user(
    @Args(() => IdOrUsernameArgs) _args: IdOrUsernameArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.read(info);
  }

  @Query(() => UserConnection, {
    description:
      'ADMIN. By id unless orderBy says otherwise; 20 to a page unless first or last say otherwise, 100 at most.',
  })
  users(@Args(() => UserListArgs) _args: UserListArgs, @Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return context.read(info);
  }

  @Mutation(() => User, { description: 'ADMIN. CONFLICT for a username that is taken.' })
  async createUser(
    @Arg('input', () => CreateUserInput, { description: 'Who it is.' }) input: CreateUserInput,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    const user = await prepareUser(input);
    return context.write(info, (em) => createUser(em, user));
  }

  @Mutation(() => User, {
    description:
      'ADMIN, or the user itself. FORBIDDEN for the profile of somebody else, and for role and isActive unless ADMIN. ' +
      'CONFLICT for a username that is taken, and where no active admin would be left.',
  })
  updateUser(
    @Args(() => EntryArgs) { id, expectedVersion }: EntryArgs,
    @Arg('input', () => UpdateUserInput, { description: 'What changes.' }) input: UpdateUserInput,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.write(info, (em) => updateUser(em, context.viewer, id, input, expectedVersion));
  }

  @Mutation(() => User, {
    description: 'ADMIN. Answers the user as it was last. Refused with CONFLICT for the last active admin.',
  })
  deleteUser(
    @Args(() => EntryArgs) { id, expectedVersion }: EntryArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.erase(info, (em) => getUserToDelete(em, id, expectedVersion), deleteUser);
  }

  @Mutation(() => User, {
    description: 'Signed in. INVALID_CREDENTIALS for a wrong current password. Ends every other session of the user.',
  })
  changePassword(
    @Arg('currentPassword', () => String, { description: 'The one until now.' }) currentPassword: string,
    @Arg('newPassword', () => String, {
      description: '10 to 200 characters; not the username, and none of the commonest passwords.',
    })
    newPassword: string,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return changePassword(context, info, currentPassword, newPassword);
  }
}

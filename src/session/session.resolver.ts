import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { RegisterInput } from '../user/user.inputs.js';
import { AuthPayload } from './auth-payload.js';
import { Session } from './session.entity.js';
import { login, refresh, register } from './sign-in.js';
import { endSession, endSessions } from './session.writes.js';

@Resolver(() => Session)
export class SessionResolver {
  @Query(() => [Session], { description: "Signed in. The caller's open sessions, newest first." })
  sessions(@Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return context.read(info);
  }

  @Mutation(() => AuthPayload, {
    description:
      'Makes a USER and signs in; FORBIDDEN where the service has registration closed, CONFLICT for a username that is taken.',
  })
  register(
    @Arg('input', () => RegisterInput, { description: 'Who it is.' }) input: RegisterInput,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return register(context, info, input);
  }

  @Mutation(() => AuthPayload, {
    description:
      'INVALID_CREDENTIALS for an unknown user, a wrong password and an inactive user alike; RATE_LIMITED after too many tries.',
  })
  login(
    @Arg('username', () => String, { description: 'Without case.' }) username: string,
    @Arg('password', () => String, { description: 'With case.' }) password: string,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return login(context, info, username, password);
  }

  @Mutation(() => AuthPayload, {
    description:
      'The next pair of tokens. UNAUTHENTICATED for a token that is not good; one that was used before ends its session. ' +
      'For a few seconds a token that has just been used answers the same new pair, for two tabs that refresh at once.',
  })
  refresh(
    @Arg('refreshToken', () => String, { description: 'The newest one of the session.' }) refreshToken: string,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return refresh(context, info, refreshToken);
  }

  @Mutation(() => Boolean, { description: 'Signed in. Ends the session of this access token.' })
  logout(@Ctx() context: Context) {
    const { userId, sessionId } = context.signedIn();
    return context.transaction((em) => endSession(em, userId, String(sessionId)));
  }

  @Mutation(() => Boolean, {
    description: "Signed in. Ends one of the caller's own sessions; false where there is no such session.",
  })
  endSession(@Arg('id', () => ID, { description: 'Which one.' }) id: string, @Ctx() context: Context) {
    return context.transaction((em) => endSession(em, context.signedIn().userId, id));
  }

  @Mutation(() => Boolean, { description: "Signed in. Ends all of the caller's sessions, this one included." })
  endAllSessions(@Ctx() context: Context) {
    return context.transaction((em) => endSessions(em, context.signedIn().userId));
  }
}

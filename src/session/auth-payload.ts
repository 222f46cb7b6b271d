import { Field, ObjectType } from 'type-graphql';
import { DateTime } from '../shared/date-time.js';
import { User } from '../user/user.entity.js';

@ObjectType({
  description:
    'Send accessToken as `Authorization: Bearer …`. The refresh token works once: using one a second time ends its whole session.',
})
export class AuthPayload {
  @Field(() => String, { description: 'For the Authorization header.' })
  readonly accessToken!: string;

  @Field(() => DateTime, { description: 'Until when the access token is good, where the session does not end before.' })
  readonly accessTokenExpiresAt!: Date;

  @Field(() => String, { description: 'For refresh; keep it where other pages can not read it.' })
  readonly refreshToken!: string;

  @Field(() => DateTime, { description: 'Until when the refresh token is good.' })
  readonly refreshTokenExpiresAt!: Date;

  @Field(() => User, { description: 'Who has signed in.' })
  readonly user!: User;
}

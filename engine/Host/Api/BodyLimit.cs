using Microsoft.AspNetCore.Http.Metadata;

namespace Switchboard.Host.Api;

/// <summary>The largest body of an endpoint in bytes, where it differs from <see cref="RequestLimits.BodyBytes"/>; routing applies it.</summary>
internal sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;

internal static class BodyLimitConventions
{
    public static TBuilder LimitBody<TBuilder>(this TBuilder endpoint, long bytes)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new BodyLimit(bytes));
}

using Microsoft.Extensions.DependencyInjection;

using Switchboard.Runtime.Activities.Http;
using Switchboard.Runtime.Secrets;

namespace Switchboard.Runtime.Outbox;

public static class OutboxModule
{
    /// <summary>What sends to the outside after the commit. Needs what bursts need.</summary>
    public static IServiceCollection AddOutbox(this IServiceCollection services, OutboxOptions? options = null) => services
        .AddSingleton(options ?? new OutboxOptions())
        .AddSingleton<OutboxWorker, InAppMessages>()
        .AddSingleton<EgressOptions>()
        .AddSingleton<SecretStore>()
        .AddSingleton<OutboxWorker, HttpSender>()
        .AddHostedService<OutboxPump>();
}

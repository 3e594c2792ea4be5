using Microsoft.Extensions.DependencyInjection;

namespace Switchboard.Runtime.Webhooks;

public static class WebhooksModule
{
    /// <summary>What tells receivers outside what happens. Needs the key ring that seals secrets.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, WebhookOptions options)
    {
        options.Validate();
        return services
            .AddSingleton(options)
            .AddSingleton<WebhookSecrets>()
            .AddSingleton<WebhookSender>()
            .AddSingleton<WebhookHealth>()
            .AddSingleton<WebhookPump>()
            .AddSingleton<WebhookFanOut>()
            .AddSingleton<WebhookDeliveries>()
            .AddHostedService(provider => provider.GetRequiredService<WebhookFanOut>())
            .AddHostedService(provider => provider.GetRequiredService<WebhookPump>());
    }
}

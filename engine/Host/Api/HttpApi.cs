using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

using Switchboard.Host.Designer;
using Switchboard.Host.Elsa;
using Switchboard.Host.Identity;
using Switchboard.Host.Live;
using Switchboard.Host.Pages;
using Switchboard.Host.Studio;

namespace Switchboard.Host.Api;

/// <summary>What the host answers over HTTP: in this order, what it needs, what every request passes through, and where it arrives.</summary>
internal static class HttpApi
{
    public static IServiceCollection AddHttpApi(this IServiceCollection services, RequestLimits limits)
    {
        limits.Validate();
        services.AddSingleton(limits);
        services.AddSingleton<RequestBudgets>();
        services.AddSingleton<Idempotency>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<Callers>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<Tokens>();
        services.AddSingleton<InstanceWaits>();
        services.AddSingleton(_ => new DesignerFiles(PageFolder.Find(AppContext.BaseDirectory, "engine/Host/Designer", "designer")));
        services.AddSingleton(_ => new StudioFiles(PageFolder.Find(AppContext.BaseDirectory, "studio")));
        services.AddSingleton<EventTail>();
        services.AddHostedService(provider => provider.GetRequiredService<EventTail>());
        services.AddSingleton<Presence>();
        services.AddHostedService(provider => provider.GetRequiredService<Presence>());
        services.AddApiDescription();

        services.AddDataProtection().SetApplicationName("switchboard");
        services.AddSingleton<KeyRing>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlRepository = provider.GetRequiredService<KeyRing>()));
        services.AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken(options =>
        {
            // A browser cannot set headers on a WebSocket.
            options.Events.OnMessageReceived = context =>
            {
                if ((context.Request.Path.StartsWithSegments("/hubs", StringComparison.OrdinalIgnoreCase)
                        || context.Request.Path.StartsWithSegments(InstanceHub.Address, StringComparison.OrdinalIgnoreCase))
                    && context.Request.Query["access_token"] is { Count: 1 } token)
                {
                    context.Token = token;
                }
                return Task.CompletedTask;
            };
        });

        services.AddSignalR(options => options.MaximumReceiveMessageSize = 32 << 10);
        services.RemoveAll<IHubProtocol>();
        services.AddSingleton<IHubProtocol, LenientHubProtocol>();

        services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = limits.BodyBytes;
        });
        services.Configure<FormOptions>(options => options.MultipartBodyLengthLimit = limits.ImportBytes);
        return services;
    }

    public static void UseHttpApi(this WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<Problems>();
        app.UseMiddleware<DesignerPages>();
        app.UseMiddleware<StudioPages>();
        app.UseRouting();
        app.UseMiddleware<Gate>();
    }

    public static void MapHttpApi(this WebApplication app)
    {
        var api = app.MapGroup("/api");
        var limits = app.Services.GetRequiredService<RequestLimits>();
        api.MapAuth();
        api.MapApiKeys();
        api.MapRecords();
        api.MapRecordParts();
        api.MapMerges();
        api.MapFiles(limits);
        api.MapTransfer(limits);
        api.MapOperations();
        api.MapActions();
        api.MapTasks();
        api.MapApprovals();
        api.MapMigrations();
        api.MapInstances();
        api.MapArtefacts();
        api.MapWorkflowMigrations();
        api.MapDecisions();
        api.MapTrials();
        api.MapFeel();
        api.MapEvents();
        api.MapWebhooks();
        api.MapViews();
        api.MapImportMappings();
        app.MapHub<LiveHub>("/hubs/live").RequireSignIn();
        app.MapApiDescription();
    }
}

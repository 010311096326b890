using System.Net;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>The alert lamp: what lights it, and what does not.</summary>
public sealed class PanelLightsTests : IDisposable
{
    private static readonly Origin Visitor = new("s", new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40000), new IPEndPoint(IPAddress.Loopback, 502), "tcp", "modbus");

    private readonly TempDirectory _temp = new();

    [Fact]
    public void Each_alarming_event_lights_it_again_after_an_acknowledgement()
    {
        var lights = new PanelLights(_temp.Path, (kind, _) => kind == EventCatalog.ModbusWrite);
        lights.Recorded(EventCatalog.ModbusRead, Visitor, 1, []);
        Assert.False(lights.Alert);
        for (var time = 0; time < 2; time++)
        {
            lights.Recorded(EventCatalog.ModbusWrite, Visitor, 2 + time, []);
            Assert.True(lights.Alert);
            Assert.True(lights.Acknowledge());
            Assert.False(lights.Alert);
            Assert.False(lights.Acknowledge());
        }
    }

    public void Dispose() => _temp.Dispose();
}
